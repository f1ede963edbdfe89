// The only place that names the vendored file. Its neighbour three.d.ts gives the checker three's types; a
// relative path needs no import map, which a strict CSP would refuse inline.
export * from "../vendor/three/three.module.js";
