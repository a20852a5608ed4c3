import { createHash } from 'node:crypto'

/** A script that Redis runs in one step that nothing comes between. */
export interface Script {
  readonly text: string
  /** By it Redis knows a script that it has been given before. */
  readonly hash: string
}

function script(text: string): Script {
  return { text, hash: createHash('sha1').update(text).digest('hex') }
}

/** Logs whose growth is remembered, for processes that were cut off while others wrote. */
const rememberedGrowths = 100_000

/**
 * Appends batches of several answers, all in one step.
 *
 * KEYS  growth: answers by the number of their last growth · counter: of all growths · then, of each
 *       batch, its head (run, seq) and its log
 * ARGV  atMs · ttlMs · channel · then, of each batch: answerId, run, the number of its events, its events
 *
 * Returns of each batch: 1 and its last number; or 0 and the newer run that has replaced it.
 */
export const appendScript = script(`
local growth, counter = KEYS[1], KEYS[2]
local atMs, ttl, channel = ARGV[1], ARGV[2], ARGV[3]
local reply, at = {}, 4
for batch = 1, (#KEYS - 2) / 2 do
  local head, log = KEYS[batch * 2 + 1], KEYS[batch * 2 + 2]
  local answerId, run, length = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  at = at + 3
  local known = redis.call('HMGET', head, 'run', 'seq')
  local current, seq = tonumber(known[1] or 0), tonumber(known[2] or 0)
  if run < current then
    reply[#reply + 1], reply[#reply + 2] = 0, current
  else
    if length > 0 then
      for index = at, at + length - 1 do
        seq = seq + 1
        redis.call('XADD', log, string.format('%d-0', seq), 'at', atMs, 'event', ARGV[index])
      end
      redis.call('HSET', head, 'run', run, 'seq', seq)
      redis.call('PEXPIRE', head, ttl)
      redis.call('PEXPIRE', log, ttl)
      local grown = redis.call('INCR', counter)
      redis.call('ZADD', growth, grown, answerId)
      redis.call('PUBLISH', channel, string.format('%d %d %s', grown, seq, answerId))
    end
    reply[#reply + 1], reply[#reply + 2] = 1, seq
  end
  at = at + length
end
redis.call('ZREMRANGEBYRANK', growth, 0, -${rememberedGrowths + 1})
return reply
`)

/**
 * From now on, runs before `run` are refused.
 *
 * KEYS head · ARGV run, ttlMs
 */
export const fenceScript = script(`
local current = tonumber(redis.call('HGET', KEYS[1], 'run') or 0)
if tonumber(ARGV[1]) > current then redis.call('HSET', KEYS[1], 'run', ARGV[1]) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`)

/**
 * Deletes the log and refuses, from now on, runs before `run` and every run that has written. The head
 * stays, without content. Returns how many events there were.
 *
 * KEYS head, log · ARGV run, ttlMs
 */
export const removeScript = script(`
local current = tonumber(redis.call('HGET', KEYS[1], 'run') or 0)
redis.call('HSET', KEYS[1], 'run', math.max(current + 1, tonumber(ARGV[1])))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local length = redis.call('XLEN', KEYS[2])
redis.call('DEL', KEYS[2])
return length
`)

/**
 * Replaces the failure with which a log ends, under its own number; does nothing where it ends otherwise.
 * The id that the stream has come to is set back for that, since it takes no id twice by itself.
 *
 * KEYS log · ARGV the event instead
 */
export const reopenScript = script(`
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if not last then return 0 end
local id, fields = last[1], last[2]
local at, event = fields[2], fields[4]
if cjson.decode(event).type ~= 'answer-failed' then return 0 end
redis.call('XDEL', KEYS[1], id)
redis.call('XSETID', KEYS[1], string.format('%d-0', tonumber(string.match(id, '%d+')) - 1))
redis.call('XADD', KEYS[1], id, 'at', at, 'event', ARGV[1])
return 1
`)

/**
 * Counts as a growth of a log, which stays as it is.
 *
 * KEYS growth, counter, head · ARGV channel, answerId
 */
export const announceScript = script(`
local seq = tonumber(redis.call('HGET', KEYS[3], 'seq') or 0)
local grown = redis.call('INCR', KEYS[2])
redis.call('ZADD', KEYS[1], grown, ARGV[2])
redis.call('PUBLISH', ARGV[1], string.format('%d %d %s', grown, seq, ARGV[2]))
return seq
`)

/**
 * Writes the log anew with entries that stand for several, each in the place of the last of those. A
 * stream takes no number again, so all of it is written, in one step that readers do not see into.
 *
 * KEYS log · ARGV of each entry: its first number, its last, the event
 */
export const compactScript = script(`
local entries = redis.call('XRANGE', KEYS[1], '-', '+')
local ttl = redis.call('PTTL', KEYS[1])
if #entries == 0 then return 0 end
redis.call('DEL', KEYS[1])
local at = 1
for _, entry in ipairs(entries) do
  local id, fields = entry[1], entry[2]
  local seq = tonumber(string.match(id, '%d+'))
  while at < #ARGV and tonumber(ARGV[at + 1]) < seq do at = at + 3 end
  local merged = at < #ARGV and tonumber(ARGV[at]) <= seq
  if not merged then
    redis.call('XADD', KEYS[1], id, 'at', fields[2], 'event', fields[4])
  elseif tonumber(ARGV[at + 1]) == seq then
    redis.call('XADD', KEYS[1], id, 'at', fields[2], 'event', ARGV[at + 2])
  end
end
if ttl > 0 then redis.call('PEXPIRE', KEYS[1], ttl) end
return 1
`)
