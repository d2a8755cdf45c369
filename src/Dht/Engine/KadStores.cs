using P2P.Core.Runtime;
using P2P.Dht.Records;
using P2P.Dht.Routing;
using P2P.Dht.Serving;

namespace P2P.Dht.Engine;

/// <summary>What the parts of the engine share.</summary>
internal sealed class KadStores
{
    public KadStores(IKadPeers peers, KadOptions options, IChance chance, WallClock clock)
    {
        Table = new RoutingTable(peers.LocalPeer, options.K, options.GroupLimit);
        Providers = new ProviderStore(Table.SelfKey, options);
        Records = new RecordStore(peers.LocalPeer, options);
        Book = new ProvideBook(options, chance);
        Server = new KadServer(peers, options, Table, Providers, Records)
        {
            Clock = clock,
            ProvidesItself = Book.Contains,
        };
    }

    public RoutingTable Table { get; }

    public ProviderStore Providers { get; }

    public RecordStore Records { get; }

    public ProvideBook Book { get; }

    public KadServer Server { get; }
}
