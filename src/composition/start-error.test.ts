import { expect, test } from "vitest";
import { asStartError } from "./start-error.ts";

const sqliteError = (errcode: number) => Object.assign(new Error("disk I/O error"), { errcode });

// SQLITE_FULL, and the shared memory of the log that cannot be made as large as it has to be.
test.each([13, 4874])("SQLite's code %d is a full disk", (errcode) => {
  expect(asStartError(sqliteError(errcode), "/state")).toMatchObject({
    code: "file.no_space",
    message: expect.stringContaining("the disk is full"),
  });
});

// SQLITE_IOERR, SQLITE_IOERR_READ, SQLITE_IOERR_SHMMAP
test.each([10, 266, 5386])("SQLite's code %d stays what it is", (errcode) => {
  const error = sqliteError(errcode);
  expect(asStartError(error, "/state")).toBe(error);
});
