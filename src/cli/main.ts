#!/usr/bin/env node
import { isHoldfastError } from '../base/errors.ts'
import { createProgram } from './program.ts'

try {
  await createProgram().parseAsync()
} catch (error) {
  // What the user can mend is one clear line; anything else is our fault and comes with its stack.
  const text = isHoldfastError(error) ? `${error.code}: ${error.message}` : error
  console.error(text)
  process.exitCode = 1
}
