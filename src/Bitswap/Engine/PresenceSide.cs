using P2P.Bitswap.Wire;
using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Bitswap.Engine;

/// <summary>Asks one peer whether it has a block, for those who want to know and not to have. A small block that comes instead is a yes.</summary>
internal sealed class PresenceSide(BitswapOptions options, Outbox outbox, AskLog asks)
{
    private readonly Dictionary<(PeerId Peer, Cid Cid), (long Request, TimeSpan At)> _asked = [];

    public int Count => _asked.Count;

    public void Ask(long request, PeerId peer, Cid cid, TimeSpan now, List<BitswapEffect> effects)
    {
        if (_asked.Count >= options.WantsMax || !_asked.TryAdd((peer, cid), (request, now)))
        {
            effects.Add(new BitswapEffect(BitswapEffectKind.GiveUp, peer) { Cid = cid, Request = request });
            return;
        }

        outbox.Want(peer, new BitswapEntry(cid, WantKind.Have, Cancel: false, SendDontHave: true));
    }

    /// <summary>Takes out of a message what answers a question asked here.</summary>
    public void Receive(PeerId peer, BitswapMessage message, TimeSpan now, List<BitswapEffect> effects)
    {
        if (_asked.Count == 0)
        {
            return;
        }

        foreach ((Cid cid, bool have) in message.Presences)
        {
            Answer(peer, cid, have, now, effects);
        }

        message.Blocks.RemoveAll(block => Answer(peer, block.Cid, have: true, now, effects));
    }

    public void Lose(PeerId peer, TimeSpan now, List<BitswapEffect> effects) => EndWhere(a => a.Key.Peer == peer, now, effects);

    public void Tick(TimeSpan now, List<BitswapEffect> effects) => EndWhere(a => now - a.Value.At >= options.AnswerTimeout, now, effects);

    private void EndWhere(Func<KeyValuePair<(PeerId Peer, Cid Cid), (long Request, TimeSpan At)>, bool> over, TimeSpan now, List<BitswapEffect> effects)
    {
        foreach (((PeerId peer, Cid cid), (long _, TimeSpan _)) in _asked.Where(over).ToArray())
        {
            Answer(peer, cid, have: false, now, effects);
        }
    }

    private bool Answer(PeerId peer, Cid cid, bool have, TimeSpan now, List<BitswapEffect> effects)
    {
        if (!_asked.Remove((peer, cid), out (long Request, TimeSpan At) asked))
        {
            return false;
        }

        asks.Ended(peer, cid, now);
        effects.Add(new BitswapEffect(have ? BitswapEffectKind.Deliver : BitswapEffectKind.GiveUp, peer) { Cid = cid, Request = asked.Request });
        return true;
    }
}
