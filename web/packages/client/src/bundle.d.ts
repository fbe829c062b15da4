/** The module and all it imports, compiled to one classic or module script. */
declare module '*?bundle' {
  const code: string;
  export default code;
}
