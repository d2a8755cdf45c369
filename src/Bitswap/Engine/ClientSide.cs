using P2P.Bitswap.Wire;
using P2P.Core.Blocks;
using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Bitswap.Engine;

/// <summary>
/// Gets wanted blocks: asks one peer for the block and a few more whether they have it, moves on when somebody says no or says nothing, cancels
/// elsewhere when it arrives, and never has more than 768 questions open at one peer. The last one who may have a block is not passed over while bytes
/// of it arrive: on a slow link one block takes longer than an answer may. A peer that sends a block it was never asked for is
/// banned (limits, T20).
/// </summary>
internal sealed class ClientSide(BitswapOptions options, Outbox outbox, AskLog asks)
{
    private readonly BanList _banned = new(options);
    private readonly Dictionary<Cid, WantState> _wants = [];
    private readonly Dictionary<PeerId, int> _openAt = [];
    private readonly Dictionary<PeerId, TimeSpan> _heardAt = []; // of those in _openAt
    private readonly HashSet<Cid> _waiting = [];

    public int Wants => _wants.Count;

    /// <summary>Who is banned.</summary>
    public IReadOnlySet<PeerId> Banned(TimeSpan now) => _banned.Current(now);

    public int OpenAt(PeerId peer) => _openAt.GetValueOrDefault(peer);

    public void Want(long request, IReadOnlyList<Cid> cids, IReadOnlyList<PeerId> hints, TimeSpan now, List<BitswapEffect> effects)
    {
        for (int i = 0; i < cids.Count; i++)
        {
            if (!_wants.TryGetValue(cids[i], out WantState? want))
            {
                if (_wants.Count >= options.WantsMax)
                {
                    effects.Add(new BitswapEffect(BitswapEffectKind.GiveUp) { Cid = cids[i], Request = request });
                    continue;
                }

                want = new WantState();
                _wants.Add(cids[i], want);
            }

            want.Requests.Add(request);
            for (int h = 0; h < hints.Count; h++)
            {
                PeerId peer = hints[(h + i) % hints.Count]; // many CIDs spread over all who may have them
                if (!want.Candidates.Contains(peer))
                {
                    want.Candidates.Add(peer);
                }
            }

            Advance(cids[i], want, now, effects);
        }
    }

    public void Abandon(long request, TimeSpan now)
    {
        foreach ((Cid cid, WantState want) in _wants.Where(w => w.Value.Requests.Remove(request)).ToArray())
        {
            if (want.Requests.Count == 0)
            {
                Remove(cid, want, except: default, now);
            }
        }
    }

    public void Receive(PeerId peer, BitswapMessage message, TimeSpan now, List<BitswapEffect> effects)
    {
        if (_banned.Contains(peer, now))
        {
            effects.Add(new BitswapEffect(BitswapEffectKind.Refuse, peer) { Refusal = BitswapRefusal.Banned });
            return;
        }

        foreach (Block block in message.Blocks)
        {
            if (!_wants.TryGetValue(block.Cid, out WantState? want) || !want.Asked.ContainsKey(peer))
            {
                if (!asks.MayHaveAsked(peer, block.Cid, now))
                {
                    Ban(peer, now, effects);
                    return;
                }

                effects.Add(new BitswapEffect(BitswapEffectKind.Refuse, peer) { Refusal = BitswapRefusal.UnwantedBlock });
                continue;
            }

            Remove(block.Cid, want, except: peer, now);
            effects.Add(new BitswapEffect(BitswapEffectKind.Deliver, peer) { Cid = block.Cid, Data = block.Data });
        }

        foreach ((Cid cid, bool have) in message.Presences)
        {
            if (_wants.TryGetValue(cid, out WantState? want) && want.Asked.TryGetValue(peer, out (AskPhase Phase, TimeSpan At) asked) && asked.Phase != AskPhase.Out)
            {
                if (have)
                {
                    SetPhase(peer, want, asked.Phase == AskPhase.AskedBlock ? AskPhase.AskedBlock : AskPhase.Has, asked.At);
                }
                else
                {
                    PassOver(cid, want, peer, now);
                }

                Advance(cid, want, now, effects);
            }
        }

        Refill(now, effects);
    }

    /// <summary>Bytes of a peer arrive.</summary>
    public void Hear(PeerId peer, TimeSpan now)
    {
        if (_openAt.ContainsKey(peer))
        {
            _heardAt[peer] = now;
        }
    }

    public void Lose(PeerId peer, TimeSpan now, List<BitswapEffect> effects)
    {
        foreach ((Cid cid, WantState want) in _wants.Where(w => w.Value.Asked.ContainsKey(peer)).ToArray())
        {
            SetPhase(peer, want, AskPhase.Out, now);
            Advance(cid, want, now, effects);
        }

        Refill(now, effects);
    }

    private void Ban(PeerId peer, TimeSpan now, List<BitswapEffect> effects)
    {
        _banned.Add(peer, now);
        effects.Add(new BitswapEffect(BitswapEffectKind.Refuse, peer) { Refusal = BitswapRefusal.WrongBlock });
        effects.Add(new BitswapEffect(BitswapEffectKind.Ban, peer));
        Lose(peer, now, effects); // others are asked in its place
    }

    public void Tick(TimeSpan now, List<BitswapEffect> effects)
    {
        foreach ((Cid cid, WantState want) in _wants.ToArray())
        {
            bool late = false;
            foreach ((PeerId peer, (AskPhase phase, TimeSpan at)) in want.Asked.ToArray())
            {
                if (phase is AskPhase.AskedBlock or AskPhase.AskedHave && now - at >= options.AnswerTimeout && !IsComing(want, peer, phase, now))
                {
                    PassOver(cid, want, peer, now);
                    late = true;
                }
            }

            if (late)
            {
                Advance(cid, want, now, effects);
            }
        }

        Refill(now, effects);
    }

    // With somebody else to ask, a slow peer is passed over as a silent one is: it could keep a block from us by a few bytes a second.
    private bool IsComing(WantState want, PeerId peer, AskPhase phase, TimeSpan now) =>
        phase == AskPhase.AskedBlock && want.Active == 1 && want.NextCandidate >= want.Candidates.Count
        && _heardAt.TryGetValue(peer, out TimeSpan heard) && now - heard < options.AnswerTimeout;

    /// <summary>Asks whoever is to be asked next; gives up when nobody is left.</summary>
    private void Advance(Cid cid, WantState want, TimeSpan now, List<BitswapEffect> effects)
    {
        if (!want.AnyoneAskedForBlock)
        {
            PeerId has = want.Asked.FirstOrDefault(static a => a.Value.Phase == AskPhase.Has).Key;
            if (!has.IsNone)
            {
                Ask(cid, want, has, WantKind.Block, now);
            }
        }

        while (want.Active < options.PeersPerWant && want.NextCandidate < want.Candidates.Count)
        {
            PeerId candidate = want.Candidates[want.NextCandidate];
            if (_banned.Contains(candidate, now))
            {
                want.NextCandidate++;
                continue;
            }

            if (OpenAt(candidate) >= options.WantsSentPerPeerMax)
            {
                _waiting.Add(cid); // asked when the peer has answered others
                break;
            }

            want.NextCandidate++;
            Ask(cid, want, candidate, want.AnyoneAskedForBlock ? WantKind.Have : WantKind.Block, now);
        }

        if (want.Active == 0 && want.NextCandidate >= want.Candidates.Count)
        {
            Forget(cid, want, now);
            effects.Add(new BitswapEffect(BitswapEffectKind.GiveUp) { Cid = cid });
        }
    }

    private void Refill(TimeSpan now, List<BitswapEffect> effects)
    {
        if (_waiting.Count == 0)
        {
            return;
        }

        Cid[] waiting = [.. _waiting];
        _waiting.Clear();
        foreach (Cid cid in waiting)
        {
            if (_wants.TryGetValue(cid, out WantState? want))
            {
                Advance(cid, want, now, effects);
            }
        }
    }

    private void Ask(Cid cid, WantState want, PeerId peer, WantKind kind, TimeSpan now)
    {
        SetPhase(peer, want, kind == WantKind.Block ? AskPhase.AskedBlock : AskPhase.AskedHave, now);
        outbox.Want(peer, new BitswapEntry(cid, kind, Cancel: false, SendDontHave: true));
    }

    /// <summary>The peer has it not or does not answer. It is told so, because it would keep the want and count it (trap 21 of the wire digest).</summary>
    private void PassOver(Cid cid, WantState want, PeerId peer, TimeSpan now)
    {
        SetPhase(peer, want, AskPhase.Out, now);
        outbox.Want(peer, new BitswapEntry(cid, WantKind.Block, Cancel: true, SendDontHave: false));
    }

    private void Remove(Cid cid, WantState want, PeerId except, TimeSpan now)
    {
        foreach ((PeerId peer, (AskPhase phase, TimeSpan _)) in want.Asked)
        {
            if (IsOpen(phase))
            {
                Close(peer);
                if (peer != except)
                {
                    outbox.Want(peer, new BitswapEntry(cid, WantKind.Block, Cancel: true, SendDontHave: false));
                }
            }
        }

        Forget(cid, want, now);
    }

    private void Forget(Cid cid, WantState want, TimeSpan now)
    {
        foreach (PeerId peer in want.Asked.Keys)
        {
            asks.Ended(peer, cid, now);
        }

        _wants.Remove(cid);
        _waiting.Remove(cid);
    }

    private void SetPhase(PeerId peer, WantState want, AskPhase phase, TimeSpan at)
    {
        bool wasOpen = want.Asked.TryGetValue(peer, out (AskPhase Phase, TimeSpan At) before) && IsOpen(before.Phase);
        want.Asked[peer] = (phase, at);
        if (IsOpen(phase) && !wasOpen)
        {
            _openAt[peer] = OpenAt(peer) + 1;
        }
        else if (!IsOpen(phase) && wasOpen)
        {
            Close(peer);
        }
    }

    private void Close(PeerId peer)
    {
        int left = OpenAt(peer) - 1;
        if (left > 0)
        {
            _openAt[peer] = left;
        }
        else
        {
            _openAt.Remove(peer);
            _heardAt.Remove(peer);
        }
    }

    private static bool IsOpen(AskPhase phase) => phase is AskPhase.AskedHave or AskPhase.AskedBlock;
}
