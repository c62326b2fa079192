/*
 *
 * Prints:
 *     x
 */
