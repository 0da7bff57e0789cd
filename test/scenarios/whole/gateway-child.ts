/**
 * The whole Gateway in a process of its own: `FASED_KILL_POINT=POINT[:VISIT] node gateway-child.ts STATE STORY`. It ends
 * with SIGKILL at that point, or with exit code 0 when everything is worked off.
 */
import { armKillPoint } from "../../../src/sessions/kill-points.ts";
import { beginLife, untilQuiet } from "./kill-life.ts";
import { type StoryName, stories } from "./kill-stories.ts";

const [state = "", story = ""] = process.argv.slice(2);
const killPoint = process.env["FASED_KILL_POINT"];
if (killPoint !== undefined) armKillPoint(killPoint, () => process.kill(process.pid, "SIGKILL"));

const life = await beginLife(state, stories[story as StoryName]);
await untilQuiet(state, life);
await life.started.close("done");
