import { describe, expect, test } from "vitest";
import { faultsOf, parseProof } from "./proof.ts";

const good = `nonce abc
Uid: 1000
CapPrm: 0000000000000000
CapEff: 0000000000000000
NoNewPrivs: 1
Seccomp: 2
mnt:[11]
net:[12]
pid:[13]
interface lo:
environ empty
end abc
`;
const expected = { nonce: "abc", uid: 1000, ownNamespaces: ["mnt:[1]", "net:[2]", "pid:[3]"] };
const faults = (text: string) => faultsOf(parseProof(text), expected);

test("a report from a sandbox has no fault", () => {
  expect(faults(good)).toEqual([]);
});

describe("a report is refused", () => {
  test.each([
    ["when it is missing", "", "no report"],
    ["when it is cut", good.slice(0, -5), "no report"],
    ["when it has another nonce", good.replaceAll("abc", "abd"), "no report"],
    ["when a second report is put before it", `nonce evil\n${good}`, "no report"],
    ["with another user", good.replace("Uid: 1000", "Uid: 0"), "uid 0"],
    ["without a user", good.replace("Uid: 1000\n", ""), "uid ?"],
    ["with capabilities", good.replace("CapEff: 0000000000000000", "CapEff: 000001ffffffffff"), "capabilities"],
    ["with permitted capabilities", good.replace("CapPrm: 0000000000000000", "CapPrm: 0000000000000001"), "may gain"],
    ["when it can gain privileges", good.replace("NoNewPrivs: 1", "NoNewPrivs: 0"), "NoNewPrivs"],
    ["without a filter", good.replace("Seccomp: 2", "Seccomp: 0"), "Seccomp"],
    ["in the Gateway's mount namespace", good.replace("mnt:[11]", "mnt:[1]"), "mnt namespace"],
    ["in the Gateway's network namespace", good.replace("net:[12]", "net:[2]"), "net namespace"],
    ["in the Gateway's process namespace", good.replace("pid:[13]", "pid:[3]"), "pid namespace"],
    ["when a namespace is not told", good.replace("net:[12]\n", ""), "net namespace"],
    ["with a network interface", good.replace("interface lo:", "interface lo:\ninterface eth0:"), "eth0"],
    ["when interfaces are not told", good.replace("interface lo:\n", ""), "interfaces"],
    ["with an environment to read", good.replace("environ empty", "environ filled"), "environment"],
    ["with a hidden path in sight", good.replace("end abc", "visible 0\nend abc"), "visible"],
  ])("%s", (_why, text, fault) => {
    expect(faults(text).join("; ")).toContain(fault);
  });
});
