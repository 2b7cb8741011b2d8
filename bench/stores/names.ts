/** Of the stores that hold many: names count up, so that their order is known. */
const digits = (i: number) => String(i).padStart(6, '0')

export const repositoryName = (i: number) => `team/app-${digits(i)}`

export const tagName = (i: number) => `v${digits(i)}`

export const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)
