/** Node's timers fire at once when set for 2^31 ms (24.8 days) or more. */
export const longestTimer = '24d'
