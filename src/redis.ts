/** Health of models that several processes share by way of Redis. */

export {
  createRedisHealthStore,
  type RedisHealthOptions,
  type RedisHealthStore,
} from './resilience/redis/redis-health-store.ts'
