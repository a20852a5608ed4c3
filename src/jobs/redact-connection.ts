/** A connection string as it may be shown: user and password left out. */
export function withoutCredentials(connection: string): string {
  if (!URL.canParse(connection)) return connection
  const url = new URL(connection)
  url.username = ''
  url.password = ''
  return url.href
}
