/** Commands of paired devices, as far as the config names them. */

/** Never allowed by default. */
export const dangerousNodeCommands: ReadonlySet<string> = new Set([
  "camera.snap",
  "camera.clip",
  "screen.record",
  "contacts.add",
  "calendar.add",
  "reminders.add",
  "sms.send",
]);

/** Allowed by default on one platform or another. */
export const nodeCommandDefaults: readonly string[] = [
  ...["present", "hide", "navigate", "eval", "snapshot", "a2ui.push", "a2ui.pushJSONL", "a2ui.reset"].map(
    (command) => `canvas.${command}`,
  ),
  "camera.list",
  "location.get",
  ...["info", "status", "permissions", "health"].map((command) => `device.${command}`),
  "notifications.list",
  "notifications.actions",
  "contacts.search",
  "calendar.events",
  "reminders.list",
  "photos.latest",
  "motion.activity",
  "motion.pedometer",
  "system.run.prepare",
  "system.run",
  "system.which",
  "system.notify",
  "browser.proxy",
];

/** Looks like a pattern or a group; only exact names count. */
export function isPatternLike(entry: string): boolean {
  return /[?*[\]{}(),|\s]/.test(entry) || /^[/^]|[/$]$/.test(entry) || entry.includes("group:");
}
