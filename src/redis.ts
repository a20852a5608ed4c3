/** What several processes share by way of Redis: the health of models, and the events of answers. */

export {
  createRedisHealthStore,
  type RedisHealthOptions,
  type RedisHealthStore,
} from './resilience/redis/redis-health-store.ts'
export {
  openRedisEvents,
  type RedisEventStore,
  type RedisEventsOptions,
} from './store/open-redis-events.ts'
