using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>
/// Step 6 of admission. An event is authentic if its own signature verifies, or if an authentic event of the same author names
/// it as its previous one: the signed bytes contain that link.
/// </summary>
/// <remarks>Spec: replica, section 3. At most one verification per CID; per pack one per author and branch.</remarks>
internal sealed class Authenticity(int memoMax)
{
    /// <summary>Bad signatures in one pack after which the rest is not looked at: the sender pays for each.</summary>
    private const int PackBadSignaturesMax = 16;

    private readonly BoundedMemo<bool> _bad = new(memoMax);
    private readonly Dictionary<(Cid Previous, EventDigest Author), int> _vouched = [];

    /// <summary>Signatures verified so far.</summary>
    public long Verifications { get; private set; }

    /// <summary>An authentic event waits: it vouches for its previous one while it does.</summary>
    public void Vouch(Event authentic)
    {
        if (!authentic.Previous.IsNone)
        {
            (Cid, EventDigest) key = KeyOf(authentic);
            _vouched[key] = _vouched.GetValueOrDefault(key) + 1;
        }
    }

    /// <summary>It waits no more.</summary>
    public void Unvouch(Event authentic)
    {
        if (!authentic.Previous.IsNone)
        {
            (Cid, EventDigest) key = KeyOf(authentic);
            if (--_vouched[key] == 0)
            {
                _vouched.Remove(key);
            }
        }
    }

    /// <summary>Judges the blocks of a pack, newest first: a good signature vouches for the author's blocks before it.</summary>
    /// <param name="input">The pack.</param>
    /// <param name="events">Its events; null where decoding failed.</param>
    /// <param name="verdicts">Verdicts so far; gains those of bad signatures.</param>
    public void Judge(BlocksInput input, Event?[] events, EventVerdict[] verdicts)
    {
        HashSet<(Cid, EventDigest)> here = [];
        int bad = 0;
        for (int i = events.Length - 1; i >= 0; i--)
        {
            Event? candidate = events[i];
            if (candidate is null || verdicts[i].Kind == EventVerdictKind.Invalid)
            {
                continue;
            }

            (Cid, EventDigest) self = (candidate.Cid, EventGraph.KeyOf(candidate.Author.Span));
            bool isKnown = verdicts[i].Kind != EventVerdictKind.None;
            if (!isKnown && !input.Blocks[i].SignatureVerified && !here.Contains(self) && !_vouched.ContainsKey(self))
            {
                if (bad >= PackBadSignaturesMax)
                {
                    verdicts[i] = EventVerdict.Busy;
                    continue;
                }

                if (!Verify(candidate))
                {
                    verdicts[i] = EventVerdict.Invalid(InvalidReason.Signature);
                    bad++;
                    continue;
                }
            }

            if (i > 0 && !candidate.Previous.IsNone)
            {
                here.Add(KeyOf(candidate));
            }
        }
    }

    // Not a permanent verdict: a good successor may vouch for the block later. But the second copy costs no verification.
    private bool Verify(Event candidate)
    {
        if (_bad.TryGet(candidate.Cid, out _))
        {
            return false;
        }

        Verifications++;
        if (EventCodec.VerifySignature(candidate))
        {
            return true;
        }

        _bad.Set(candidate.Cid, true);
        return false;
    }

    private static (Cid Previous, EventDigest Author) KeyOf(Event authentic) =>
        (authentic.Previous, EventGraph.KeyOf(authentic.Author.Span));
}
