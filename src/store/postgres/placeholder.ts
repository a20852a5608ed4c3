/** Where Postgres puts the value of that number, from 1. */
export const placeholder = (number: number): string => `$${number}`
