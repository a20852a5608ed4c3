import type pg from 'pg'
import { storeUnavailable } from '../shared/store-error.ts'

export type Driver = typeof pg

/** Loads the package `pg`, which only those install who keep their store in Postgres. */
export async function loadDriver(
  location: string,
  load: () => Promise<{ readonly default: Driver }> = () => import('pg'),
): Promise<Driver> {
  try {
    const { default: driver } = await load()
    return driver
  } catch (error) {
    const wayOut = 'it needs the package pg, which is not installed. Run: npm install pg@8'
    throw storeUnavailable(location, wayOut, error)
  }
}
