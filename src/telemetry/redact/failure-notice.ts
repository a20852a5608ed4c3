/** Stands where a text or value of so many characters could not be redacted. */
export function failureNotice(length: number): string {
  return `[REDACTION_FAILED len=${length}]`
}
