export const KiB = 1024
export const MiB = 1024 * KiB

/** Around every buffer a driver may use: nothing, one byte, and both sides of 64 KiB and 1 MiB. */
export const sizes = [0, 1, 64 * KiB - 1, MiB - 1, MiB, MiB + 1, 5 * MiB + 7] as const
