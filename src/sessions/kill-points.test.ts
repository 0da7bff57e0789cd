import { afterEach, describe, expect, it } from "vitest";
import { armKillPoint, disarmKillPoint, killPoints, reach } from "./kill-points.ts";

describe("kill points", () => {
  afterEach(disarmKillPoint);

  it("do nothing unless armed", () => {
    for (const point of killPoints) reach(point);
  });

  it("kill at the armed point only, at the armed visit only", () => {
    let kills = 0;
    armKillPoint("step.started:2", () => {
      kills += 1;
    });
    reach("step.ran");
    reach("step.started");
    expect(kills).toBe(0);
    reach("step.started");
    expect(kills).toBe(1);
  });

  it("refuse names and counts that do not exist", () => {
    for (const wrong of ["", "step", "step.started:0", "step.started:x", "nonsense:1"]) {
      expect(() => armKillPoint(wrong, () => undefined)).toThrow("is no kill point");
    }
  });
});
