import { crc32, deflateSync } from 'node:zlib'

export interface RawImage {
  readonly width: number
  readonly height: number
  /** Grey, RGB or RGBA. */
  readonly channels: 1 | 3 | 4
  /** Row by row, a byte for each channel. */
  readonly data: Uint8ClampedArray
}

const colourTypes = { 1: 0, 3: 2, 4: 6 } as const
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** Raw pixels as a PNG, which is what the text recognition takes. */
export function encodePng({ width, height, channels, data }: RawImage): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, colourTypes[channels], 0, 0, 0], 8)
  const stride = width * channels
  // Each row begins with the number of its filter: 0, none.
  const rows = Buffer.alloc((stride + 1) * height)
  for (let row = 0; row < height; row++) {
    rows.set(data.subarray(row * stride, (row + 1) * stride), row * (stride + 1) + 1)
  }
  const body = deflateSync(rows, { level: 1 })
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', body),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}
