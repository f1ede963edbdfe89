/** Who the scenario is about, and how much distance they need now. Pure. */

/** @typedef {import("./types.js").Scenario} Scenario */

/**
 * The person's actor id: as the scenario says, else the actor whose distance is measured, else the first actor.
 * @param {Scenario} scenario
 * @param {Record<string, unknown>} [distances]
 * @returns {string}
 */
export function personOf(scenario, distances = {}) {
  if (scenario.person !== undefined) return scenario.person;
  const ids = Object.keys(scenario.actors);
  return (
    ids.find((id) => id in (scenario.regions ?? {}) && id in distances) ?? ids.find((id) => id in distances) ?? ids[0]
  );
}

/**
 * Metres to keep now, by the threat of the first region whose present node has one; null where nobody declared it.
 * @param {Scenario} scenario
 * @param {Record<string, string>} nodes present node by region
 * @returns {number | null}
 */
export function requiredDistance({ threats = {}, distance = {} }, nodes) {
  for (const [region, declared] of Object.entries(threats)) {
    const metres = distance[declared[nodes[region]] ?? ""];
    if (metres !== undefined) return metres;
  }
  return null;
}
