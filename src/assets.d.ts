/** Files that Vite inlines as data URLs: the fixtures of tests. */
declare module '*.safetensors?inline' {
  const dataUrl: string;
  export default dataUrl;
}
