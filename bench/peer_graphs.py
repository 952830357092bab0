"""ogbg's graph network in flax, for `peer_jax.py`: the same parameters and shapes as `workloads/ogbg/model.ts` at a batch of packed molecules."""
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

NODES, EDGES, TASKS = 26, 56, 128


class GraphNet(nn.Module):
    latent: int = 256
    steps: int = 5

    @nn.compact
    def __call__(self, batch):
        graphs = batch["targets"].shape[0]

        def update(*parts):
            x = nn.Dense(self.latent)(jnp.concatenate(parts, axis=1))
            return nn.relu(nn.LayerNorm()(x))

        def summed(values, ids, count):
            return jax.ops.segment_sum(values, ids, count)

        nodes, edges = nn.Dense(self.latent)(batch["nodes"]), nn.Dense(self.latent)(batch["edges"])
        state = jnp.zeros((graphs, TASKS))
        senders, receivers = batch["senders"], batch["receivers"]
        for _ in range(self.steps):
            edges = update(edges, nodes[senders], nodes[receivers], state[batch["edgeGraphs"]])
            count = nodes.shape[0]
            sent, received = summed(edges, senders, count), summed(edges, receivers, count)
            nodes = update(nodes, sent, received, state[batch["nodeGraphs"]])
            of_nodes, of_edges = summed(nodes, batch["nodeGraphs"], graphs), summed(edges, batch["edgeGraphs"], graphs)
            state = update(of_nodes, of_edges, state)
        return nn.Dense(TASKS)(state)


def ogbg(key):
    model = GraphNet()
    params = model.init(key, make(np.random.default_rng(1), 2))["params"]

    def loss_fn(params, state, batch):
        logits = model.apply({"params": params}, batch)
        losses = jnp.maximum(logits, 0) - logits * batch["targets"] + jnp.log1p(jnp.exp(-jnp.abs(logits)))
        return jnp.sum(losses * batch["weights"]) / jnp.sum(batch["weights"]), state

    return params, {}, loss_fn, make


def make(rng, size):
    """Chains of 20 to 30 atoms until the next one has no room; the rest is padding, a graph of its own."""
    nodes, edges = NODES * size, EDGES * size
    node_graphs, edge_graphs, senders, receivers = [], [], [], []
    graph = 0
    while graph < size:
        atoms = int(rng.integers(20, 31))
        first = len(node_graphs)
        if first + atoms > nodes:
            break
        chain = np.arange(first, first + atoms - 1)
        senders += [*chain, *(chain + 1)]
        receivers += [*(chain + 1), *chain]
        edge_graphs += [graph] * (2 * atoms - 2)
        node_graphs += [graph] * atoms
        graph += 1
    real_nodes, real_edges = len(node_graphs), len(senders)
    padded = lambda values, length, value: np.array(values + [value] * (length - len(values)), np.int32)
    features = lambda count, length, width: np.concatenate(
        [rng.integers(0, 7, (count, width)), np.zeros((length - count, width))]
    ).astype(np.float32)
    known = np.zeros((size + 1, TASKS), np.float32)
    known[:graph] = rng.random((graph, TASKS)) < 0.4
    return {
        "nodes": features(real_nodes, nodes + 1, 9),
        "edges": features(real_edges, edges, 3),
        "senders": padded(senders, edges, real_nodes),
        "receivers": padded(receivers, edges, real_nodes),
        "nodeGraphs": padded(node_graphs, nodes + 1, graph),
        "edgeGraphs": padded(edge_graphs, edges, graph),
        "targets": known * (rng.random(known.shape) < 0.1),
        "weights": known,
    }
