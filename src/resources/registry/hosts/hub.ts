/** Docker Hub's name in references; no host of this name is ever asked. */
export const HUB_DOMAIN = "docker.io";
export const HUB_REGISTRY = "https://registry-1.docker.io";
export const HUB_INDEX = "https://index.docker.io";
