import { describeHealthStore } from './health-store-contract.ts'
import { createMemoryHealthStore } from './memory-health-store.ts'

describeHealthStore('in memory', async (clock, random) => createMemoryHealthStore(clock, random))
