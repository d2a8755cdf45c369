using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Connections;

namespace P2P.Testing.Network;

/// <summary>
/// An in-process network without sockets, handshakes or encryption: every node implements <see cref="IPeerNetwork"/>. For tests of the
/// protocols above the transport. Thread-safe.
/// </summary>
public sealed class LocalNetwork
{
    private readonly Lock _gate = new();
    private readonly Dictionary<PeerId, LocalNode> _nodes = [];
    private readonly HashSet<(PeerId From, PeerId To)> _cut = [];
    private readonly SeededChance _chance;
    private ulong _nextAddress = 1;

    /// <summary>An empty network.</summary>
    /// <param name="seed">Decides the nodes' identities; equal seeds give equal peer ids.</param>
    public LocalNetwork(ulong seed = 1) => _chance = new SeededChance(seed);

    /// <summary>Adds a node with a fresh Ed25519 identity.</summary>
    public LocalNode AddNode() => AddNode(PrivateKey.Generate(KeyType.Ed25519, _chance));

    /// <summary>Adds a node with a given identity.</summary>
    /// <param name="identity">The node's key; the caller keeps owning it.</param>
    public LocalNode AddNode(PrivateKey identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        lock (_gate)
        {
            LocalNode node = new(this, identity, Multiaddr.FromMemory(_nextAddress++));
            _nodes.Add(node.LocalPeer, node);
            return node;
        }
    }

    /// <summary>Connects every node with every other.</summary>
    /// <param name="cancellationToken">Cancelling stops half way.</param>
    public async Task ConnectAllAsync(CancellationToken cancellationToken)
    {
        LocalNode[] nodes = Snapshot();
        for (int i = 0; i < nodes.Length; i++)
        {
            for (int j = i + 1; j < nodes.Length; j++)
            {
                await nodes[i].ConnectAsync(nodes[j].LocalPeer, cancellationToken);
            }
        }
    }

    /// <summary>Cuts the link between two nodes: the connection ends, new ones fail.</summary>
    /// <param name="a">One end.</param>
    /// <param name="b">Other end.</param>
    public void Cut(LocalNode a, LocalNode b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        lock (_gate)
        {
            _cut.Add((a.LocalPeer, b.LocalPeer));
            _cut.Add((b.LocalPeer, a.LocalPeer));
        }

        a.Drop(b.LocalPeer);
        b.Drop(a.LocalPeer);
    }

    /// <summary>Undoes all cuts; nobody reconnects by itself.</summary>
    public void Heal()
    {
        lock (_gate)
        {
            _cut.Clear();
        }
    }

    internal LocalNode? Find(PeerId from, PeerId to)
    {
        lock (_gate)
        {
            return _cut.Contains((from, to)) ? null : _nodes.GetValueOrDefault(to);
        }
    }

    internal void Remove(LocalNode node)
    {
        lock (_gate)
        {
            _nodes.Remove(node.LocalPeer);
        }
    }

    private LocalNode[] Snapshot()
    {
        lock (_gate)
        {
            return [.. _nodes.Values];
        }
    }
}
