using P2P.Core.Identity;
using P2P.Dht.Lookup;
using P2P.Dht.Serving;
using P2P.Dht.Wire;

namespace P2P.Dht.Engine;

/// <summary>Sends records to the peers a lookup has found. Pure; one owner.</summary>
internal sealed class KadStoring(IKadPeers peers, KadOptions options, KadStores stores, KadOutbox outbox)
{
    /// <summary>Stores what the operation provides or puts; those that are waited for are counted in <see cref="KadOperation.Pending"/>.</summary>
    public void Store(KadOperation operation, KadLookup lookup)
    {
        KadMessage message = MessageOf(operation);
        ProvidedKey? provided = operation.Command.Kind == KadOperationKind.Provide ? stores.Book.Find(operation.Target) : null;
        foreach (PeerId slow in lookup.SlowAmong(options.K))
        {
            outbox.Send(KadRpcPurpose.Extra, slow, [message], operation);
        }

        List<PeerId> holders = lookup.Nearest(options.K);
        operation.Pending = holders.Count;
        foreach (PeerId holder in holders)
        {
            provided?.Holders.Add(holder);
            outbox.Send(KadRpcPurpose.Store, holder, [message], operation);
        }
    }

    /// <summary>Peers among the nearest that returned a worse value, or none, get the best one; nobody waits for it.</summary>
    public void Correct(KadOperation operation, KadLookup lookup)
    {
        if (operation.Best is not ReadOnlyMemory<byte> best)
        {
            return;
        }

        KadMessage message = new(KadMessageType.PutValue, operation.Command.Key) { Record = new KadRecord(operation.Command.Key, best) };
        foreach (PeerId peer in lookup.Nearest(options.K))
        {
            if (!operation.BestHolders.Contains(peer))
            {
                outbox.Send(KadRpcPurpose.Extra, peer, [message], operation);
            }
        }
    }

    private KadMessage MessageOf(KadOperation operation) =>
        operation.Command.Kind == KadOperationKind.Provide
            ? new KadMessage(KadMessageType.AddProvider, operation.Command.Key) { ProviderPeers = [stores.Server.Describe(peers.LocalPeer)] }
            : new KadMessage(KadMessageType.PutValue, operation.Command.Key) { Record = new KadRecord(operation.Command.Key, operation.Command.Value) };
}
