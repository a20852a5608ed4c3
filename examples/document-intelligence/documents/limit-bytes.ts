import { Transform } from 'node:stream'
import { HoldfastError } from 'holdfast'

/** Passes a stream on, and breaks it off with INPUT_TOO_LARGE once more than so many bytes have come. */
export function limitBytes(most: number): Transform {
  let count = 0
  return new Transform({
    transform(part: Buffer, _encoding, done) {
      count += part.length
      if (count <= most) return done(null, part)
      done(tooLarge(most))
    },
  })
}

export function tooLarge(most: number): HoldfastError<'INPUT_TOO_LARGE'> {
  const message = `The file is larger than ${most / 1024 / 1024} MB. Split it, or scan it at 300 dpi.`
  return new HoldfastError('INPUT_TOO_LARGE', message, { limitBytes: most })
}
