/** What crosses between JavaScript and Lua by value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
