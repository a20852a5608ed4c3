/** By which readers know whose spans and metrics these are. */
export const libraryName = 'holdfast'

/** The version of the package; a test holds it to `package.json`. */
export const libraryVersion = '0.1.0'
