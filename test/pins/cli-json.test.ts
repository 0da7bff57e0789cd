/** What each command prints with `--json`: names and types, which scripts rely on. `null` stands for what was not there. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CliGateway, startCliGateway } from "../fakes/cli-gateway.ts";

let gateway: CliGateway;
beforeAll(async () => {
  gateway = await startCliGateway();
});
afterAll(() => gateway.stop());

/** Members in the order of their names; of a list, what all its items have together. */
function shapeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `[${[...new Set(value.map(shapeOf))].sort().join("|")}]`;
  if (typeof value !== "object") return typeof value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, part]) => `${name}:${shapeOf(part)}`).join(",")}}`;
}

const shapes: Readonly<Record<string, string>> = {
  status:
    "{channels:[{account:string,channel:string,self:string,state:string}],configPath:string,dangerousFlags:[],mode:string,model:{id:string,offline:boolean,provider:string},policyEpoch:number,problems:[],queue:{parked:number,running:number,waiting:number},restartKeys:[],running:boolean,sandbox:{detail:string,state:string},startedAt:number,stateDirectory:string,url:string,version:string,waiting:{approvals:number,devices:number,pairings:number,policy:null},workspace:string}",
  health:
    "{channels:{telegram:default:{account:string,channel:string,self:string,state:string}},defaultAgentId:string,durationMs:number,ok:boolean,ts:number}",
  "approvals list": "{approvals:[]}",
  "approvals show amber-otter": "{error:{code:string,fix:string,message:string}}",
  "pairing list":
    "{approved:[],requests:[{accountId:string,channel:string,createdAt:string,expiresAt:string,requestId:string,senderId:string,senderLabel:string}]}",
  "pairing approve ABCD2345": "{channel:string,owner:string,senderId:string,waitsForConsent:boolean}",
  "pairing reject ABCD2345": "{requestId:string,senderId:string}",
  "pairing revoke telegram 7": "{account:string,channel:string,id:string,outcome:string}",
  "devices list": "{paired:[],pending:[]}",
  "sessions list":
    "{count:number,sessions:[{agent:string,agentId:string,channel:string,createdAt:number,derivedTitle:string,displayName:string,key:string,kind:string,sessionId:string,state:string,status:string,title:string,updatedAt:number}],total:number,ts:number}",
  "sessions show agent:main:main": "{messages:[],sessionId:string,sessionKey:string}",
  "channels status":
    "{channelAccounts:{telegram:[{account:string,accountId:string,channel:string,configured:boolean,connected:boolean,enabled:boolean,healthState:string,lastError:null,name:string,running:boolean,self:string,state:string}]},channelDefaultAccountId:{telegram:string},channelLabels:{telegram:string},channelOrder:[string],channels:{telegram:{connected:boolean}},ts:number}",
  "models list": "{models:[{available:boolean,id:string,name:string,provider:string}]}",
  "models status": "{providers:[{provider:string,state:string}]}",
  undo: "{restored:[string],skipped:[]}",
  keep: "{kept:[string]}",
  why: "{messages:[]}",
  "config get gateway.bind": "{origin:string,path:string,value:string}",
  "config validate": "{listedOnly:[],path:string,problems:[],status:string,switchedOff:[]}",
  "config path": "{config:string,env:string,exists:boolean,state:string}",
  "config accept": "{policy:null,restartKeys:[],widened:[]}",
  dashboard: "{opened:boolean,url:string}",
  "ledger list": "{rows:[]}",
  "ledger verify": "{intact:boolean,problems:[],rows:number}",
  "agent -m hello":
    "{runId:string,sessionKey:string,status:string,text:string,tools:[{arguments:{path:string},failed:boolean,name:string}]}",
  "security who-can read":
    "{reach:[{because:[{file:string,id:string,line:number,origin:string}],effect:string,sentence:string,what:string,who:string}],tool:string}",
};

test.each(Object.keys(shapes))("%s", async (command) => {
  const { out, err } = await gateway.run([...command.split(" "), "--json"]);
  const text = out === "" ? err : out;
  expect(shapeOf(JSON.parse(text))).toBe(shapes[command]);
});
