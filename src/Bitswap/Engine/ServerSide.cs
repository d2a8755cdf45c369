using P2P.Bitswap.Wire;
using P2P.Core.Blocks;
using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Bitswap.Engine;

/// <summary>
/// Answers the wants of others: one bounded want list a peer, bounded look-ups in the store in turn for all peers, and no more block bytes on the
/// way to a peer than it may have outstanding.
/// </summary>
internal sealed class ServerSide(BitswapOptions options, Outbox outbox)
{
    private readonly Dictionary<PeerId, PeerLedger> _peers = [];
    private readonly Queue<PeerId> _turn = new();
    private int _lookups;

    public int Peers => _peers.Count;

    public int Wants => _peers.Values.Sum(static p => p.Wants.Count);

    public int Queued => _peers.Values.Sum(static p => p.Queued);

    public void Receive(PeerId peer, BitswapMessage message, List<BitswapEffect> effects)
    {
        if (message.Wants.Count == 0 && !message.Full)
        {
            return;
        }

        if (!_peers.TryGetValue(peer, out PeerLedger? ledger))
        {
            if (_peers.Count >= options.PeersMax)
            {
                effects.Add(new BitswapEffect(BitswapEffectKind.Refuse, peer) { Refusal = BitswapRefusal.TooManyPeers });
                return;
            }

            ledger = new PeerLedger();
            _peers.Add(peer, ledger);
        }

        if (message.Full)
        {
            ledger.Wants.Clear();
        }

        foreach (BitswapEntry entry in message.Wants)
        {
            Take(peer, ledger, entry, effects);
        }

        Schedule(peer, ledger);
        Forget(peer, ledger);
    }

    public void Lose(PeerId peer) => _peers.Remove(peer);

    public void LookedUp(PeerId peer, Cid cid, ReadOnlyMemory<byte>? data)
    {
        _lookups--;
        if (_peers.TryGetValue(peer, out PeerLedger? ledger) && ledger.Wants.TryGetValue(cid, out BitswapEntry want))
        {
            Answer(peer, ledger, want, data);
            Schedule(peer, ledger);
            Forget(peer, ledger);
        }
    }

    /// <summary>A new block: whoever asked in vain before gets it now.</summary>
    public void Stored(Cid cid, ReadOnlyMemory<byte> data)
    {
        foreach ((PeerId peer, PeerLedger ledger) in _peers)
        {
            if (ledger.Wants.TryGetValue(cid, out BitswapEntry want))
            {
                Answer(peer, ledger, want, data);
            }
        }
    }

    public void Sent(PeerId peer, int bytes)
    {
        if (_peers.TryGetValue(peer, out PeerLedger? ledger))
        {
            ledger.OutstandingBytes = Math.Max(0, ledger.OutstandingBytes - bytes);
            Schedule(peer, ledger);
            Forget(peer, ledger);
        }
    }

    /// <summary>Starts look-ups while there is room, one peer after the other.</summary>
    public void Pump(List<BitswapEffect> effects)
    {
        for (int turns = _turn.Count; turns > 0 && _lookups < options.LookupsMax; turns--)
        {
            PeerId peer = _turn.Dequeue();
            if (!_peers.TryGetValue(peer, out PeerLedger? ledger))
            {
                continue;
            }

            ledger.Scheduled = false;
            if (ledger.OutstandingBytes < options.OutstandingBytesMax && ledger.TryNext(out Cid next))
            {
                _lookups++;
                effects.Add(new BitswapEffect(BitswapEffectKind.LookUp, peer) { Cid = next });
                turns += Schedule(peer, ledger) ? 1 : 0;
            }
        }
    }

    private void Take(PeerId peer, PeerLedger ledger, BitswapEntry entry, List<BitswapEffect> effects)
    {
        if (entry.Cancel)
        {
            ledger.Wants.Remove(entry.Cid);
        }
        else if (ledger.Wants.Count >= options.WantsPerPeerMax && !ledger.Wants.ContainsKey(entry.Cid))
        {
            effects.Add(new BitswapEffect(BitswapEffectKind.Refuse, peer) { Refusal = BitswapRefusal.TooManyWants });
            if (entry.SendDontHave)
            {
                outbox.Presence(peer, entry.Cid, have: false); // an honest no is kinder than silence
            }
        }
        else
        {
            ledger.Wants[entry.Cid] = entry;
            ledger.Enqueue(entry.Cid, 2 * options.WantsPerPeerMax);
        }
    }

    private void Answer(PeerId peer, PeerLedger ledger, BitswapEntry want, ReadOnlyMemory<byte>? data)
    {
        if (data is not ReadOnlyMemory<byte> block)
        {
            if (want.SendDontHave)
            {
                outbox.Presence(peer, want.Cid, have: false);
            }

            return; // the want stays: the block may come later
        }

        ledger.Wants.Remove(want.Cid);
        if (want.Kind == WantKind.Have && block.Length > options.HaveAsBlockBytesMax)
        {
            outbox.Presence(peer, want.Cid, have: true);
        }
        else if (block.Length <= options.BlockBytesMax)
        {
            ledger.OutstandingBytes += block.Length;
            outbox.Block(peer, new Block(want.Cid, block));
        }
        else
        {
            outbox.Presence(peer, want.Cid, have: false);
        }
    }

    private bool Schedule(PeerId peer, PeerLedger ledger)
    {
        if (ledger.Scheduled || !ledger.HasQueued || ledger.OutstandingBytes >= options.OutstandingBytesMax)
        {
            return false;
        }

        ledger.Scheduled = true;
        _turn.Enqueue(peer);
        return true;
    }

    private void Forget(PeerId peer, PeerLedger ledger)
    {
        if (ledger.Wants.Count == 0 && ledger.OutstandingBytes == 0)
        {
            _peers.Remove(peer);
        }
    }

    /// <summary>What one peer wants of us.</summary>
    private sealed class PeerLedger
    {
        private readonly Queue<Cid> _queue = new();
        private readonly HashSet<Cid> _queued = [];

        public Dictionary<Cid, BitswapEntry> Wants { get; } = [];

        public int OutstandingBytes { get; set; }

        public bool Scheduled { get; set; }

        public int Queued => _queue.Count;

        public bool HasQueued => _queue.Count > 0;

        /// <summary>Each CID waits at most once; what was cancelled meanwhile is swept out, so that want and cancel in turn cannot grow it.</summary>
        public void Enqueue(Cid cid, int queuedMax)
        {
            if (_queue.Count >= queuedMax)
            {
                Cid[] wanted = [.. _queue.Where(Wants.ContainsKey)];
                _queue.Clear();
                _queued.Clear();
                Array.ForEach(wanted, _queue.Enqueue);
                _queued.UnionWith(wanted);
            }

            if (_queued.Add(cid))
            {
                _queue.Enqueue(cid);
            }
        }

        public bool TryNext(out Cid cid)
        {
            while (_queue.TryDequeue(out cid))
            {
                _queued.Remove(cid);
                if (Wants.ContainsKey(cid))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
