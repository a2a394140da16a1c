/** The recipes of the rulesets in `corpus/generated/`. */

/** @type {Readonly<Omit<import("./ruleset.mjs").Recipe, "name">>} */
const office = {
  family: "v4",
  rules: 60,
  addressGroups: 4,
  sizes: [3, 4],
  serviceGroups: 2,
  userChains: [],
  noise: 0.1,
  mangle: false,
  nat: true,
  counters: false,
};

const chains = ["clients_to_servers", "clients_to_dmz", "dmz_to_servers"];

/** @type {readonly import("./ruleset.mjs").Recipe[]} */
export const RECIPES = [
  { ...office, name: "office-60" },
  {
    ...office,
    name: "branch-300-v6",
    family: "v6",
    rules: 300,
    addressGroups: 8,
    sizes: [2, 6],
    serviceGroups: 5,
    noise: 0.2,
    nat: false,
  },
  {
    ...office,
    name: "dmz-1k",
    rules: 1000,
    addressGroups: 15,
    sizes: [3, 8],
    serviceGroups: 8,
    userChains: chains,
    noise: 0.2,
    mangle: true,
  },
  {
    ...office,
    name: "mixed-1k-v6",
    family: "v6",
    rules: 1000,
    addressGroups: 15,
    sizes: [2, 9],
    serviceGroups: 8,
    userChains: chains,
    noise: 0.4,
    mangle: true,
    nat: false,
  },
  {
    ...office,
    name: "campus-3k",
    rules: 3000,
    addressGroups: 25,
    sizes: [3, 10],
    serviceGroups: 11,
    userChains: chains,
    noise: 0.3,
    counters: true,
  },
  {
    ...office,
    name: "campus-10k",
    rules: 10_250,
    addressGroups: 40,
    sizes: [3, 12],
    serviceGroups: 11,
    userChains: chains,
    noise: 0.3,
    mangle: true,
  },
];
