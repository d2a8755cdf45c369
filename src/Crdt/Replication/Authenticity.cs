using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>
/// Step 6 of admission. An event is authentic if its own signature verifies, or if an authentic event of the same author names
/// it as its previous one: the signed bytes contain that link. Here that decides only which signatures are looked at: what vouches must be
/// admitted in its turn, or be admitted together with what it vouches for (<see cref="AdmissionStep"/>).
/// </summary>
/// <remarks>
/// Spec: replica, section 3. At most one verification per CID; per pack one per author and branch. Checks may be made ahead and beside the
/// loop (<see cref="Plan"/>, <see cref="TakeAhead"/>); what was not is made when it is needed.
/// </remarks>
internal sealed class Authenticity(EventGraph graph, int memoMax, int preparedKeysMax)
{
    /// <summary>Bad signatures found in one pack after which the rest is not looked at.</summary>
    public const int PackBadSignaturesMax = 16;

    private readonly BoundedMemo<Cid, bool> _bad = new(memoMax);
    private readonly BoundedMemo<EventDigest, PublicKey> _prepared = new(preparedKeysMax);
    private readonly Dictionary<(Cid Previous, EventDigest Author), int> _vouched = [];
    private readonly Dictionary<Cid, bool> _ahead = [];

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

    /// <summary>Adds the checks <see cref="Judge"/> will ask for if all of them turn out well.</summary>
    /// <param name="input">The pack.</param>
    /// <param name="events">Its events; null where decoding failed.</param>
    /// <param name="verdicts">Verdicts so far.</param>
    /// <param name="checks">Gains the checks.</param>
    public void Plan(BlocksInput input, Event?[] events, EventVerdict[] verdicts, SignatureBatch checks)
    {
        HashSet<(Cid, EventDigest)>? here = null;
        checks.BeginPack();
        for (int i = events.Length - 1; i >= 0; i--)
        {
            if (events[i] is not Event candidate || verdicts[i].Kind is EventVerdictKind.Invalid or EventVerdictKind.Busy)
            {
                continue;
            }

            if (NeedsCheck(input, i, candidate, verdicts[i], here) && !IsKnownBad(candidate) && _ahead.TryAdd(candidate.Cid, false))
            {
                checks.Add(candidate, PreparedKeyOf(candidate));
            }

            Remember(i, candidate, ref here);
        }
    }

    /// <summary>Takes the outcome of checks made ahead; those of an earlier batch that nobody asked for are forgotten.</summary>
    public void TakeAhead(SignatureBatch checks)
    {
        _ahead.Clear();
        for (int i = 0; i < checks.Count; i++)
        {
            (Event candidate, bool? isValid) = checks[i];
            if (isValid is bool outcome)
            {
                _ahead[candidate.Cid] = outcome;
                Verifications++;
            }
        }
    }

    /// <summary>
    /// Judges the blocks of a pack, newest first: a good signature vouches for the author's blocks before it. What comes from our own store was judged when
    /// it came in: nothing of it is refused here, however much of it is badly signed, and it vouches in whatever order it lies there.
    /// </summary>
    /// <param name="input">The pack.</param>
    /// <param name="events">Its events; null where decoding failed.</param>
    /// <param name="verdicts">Verdicts so far; gains those of bad signatures.</param>
    /// <returns>Which of them were found to be signed well themselves.</returns>
    public bool[] Judge(BlocksInput input, Event?[] events, EventVerdict[] verdicts)
    {
        bool isOurs = input.Source == EventSource.Store;
        HashSet<(Cid, EventDigest)>? here = isOurs ? VouchedIn(events, verdicts) : null;
        bool[] signed = new bool[events.Length];
        int bad = 0;
        for (int i = events.Length - 1; i >= 0; i--)
        {
            if (events[i] is not Event candidate || verdicts[i].Kind is EventVerdictKind.Invalid or EventVerdictKind.Busy)
            {
                continue; // what is not looked at vouches for nothing
            }

            signed[i] = input.Blocks[i].SignatureVerified;
            bool needsCheck = NeedsCheck(input, i, candidate, verdicts[i], here);
            if (isOurs)
            {
                signed[i] |= needsCheck && Verify(candidate);
                continue;
            }

            if (needsCheck)
            {
                bool isKnownBad = IsKnownBad(candidate);
                if (!isKnownBad && bad >= PackBadSignaturesMax)
                {
                    verdicts[i] = EventVerdict.Busy(BusyReason.Signatures);
                    continue;
                }

                if (isKnownBad || !Verify(candidate))
                {
                    verdicts[i] = EventVerdict.Invalid(InvalidReason.Signature);
                    bad += isKnownBad ? 0 : 1; // what costs nothing leaves the others their turn
                    continue;
                }

                signed[i] = true;
            }

            Remember(i, candidate, ref here);
        }

        return signed;
    }

    /// <summary>Whether an authentic event that waits names this one as its previous one.</summary>
    public bool IsVouched(Event candidate) => _vouched.ContainsKey((candidate.Cid, EventGraph.KeyOf(candidate.Author.Span)));

    /// <summary>Whether its own signature was found to be bad.</summary>
    public bool IsKnownBad(Event candidate) => _bad.TryGet(candidate.Cid, out _);

    private bool NeedsCheck(BlocksInput input, int index, Event candidate, EventVerdict verdict, HashSet<(Cid, EventDigest)>? here)
    {
        if (verdict.Kind != EventVerdictKind.None || input.Blocks[index].SignatureVerified)
        {
            return false;
        }

        if (here is null && _vouched.Count == 0)
        {
            return true; // a single event and nothing waiting: no need to hash its name
        }

        (Cid, EventDigest) self = (candidate.Cid, EventGraph.KeyOf(candidate.Author.Span));
        return here?.Contains(self) != true && !_vouched.ContainsKey(self);
    }

    private static HashSet<(Cid, EventDigest)> VouchedIn(Event?[] events, EventVerdict[] verdicts) =>
        [.. events.Where((item, i) => item is { Previous.IsNone: false } && verdicts[i].Kind is not (EventVerdictKind.Invalid or EventVerdictKind.Busy))
            .Select(static item => KeyOf(item!))];

    private static void Remember(int index, Event authentic, ref HashSet<(Cid, EventDigest)>? here)
    {
        if (index > 0 && !authentic.Previous.IsNone)
        {
            here ??= [];
            here.Add(KeyOf(authentic));
        }
    }

    /// <summary>Whether the event's own signature is good.</summary>
    /// <remarks>Not a permanent verdict: a valid successor may vouch for the block later. But the second copy costs no verification.</remarks>
    public bool Verify(Event candidate)
    {
        if (IsKnownBad(candidate))
        {
            return false;
        }

        if (!_ahead.Remove(candidate.Cid, out bool isValid))
        {
            Verifications++;
            isValid = EventCodec.VerifySignature(candidate, PreparedKeyOf(candidate));
        }

        if (!isValid)
        {
            _bad.Set(candidate.Cid, true);
        }

        return isValid;
    }

    // Only for authors who are in the document: strangers with a fresh key each must not push out those who write.
    private PublicKey? PreparedKeyOf(Event candidate)
    {
        EventDigest author = EventGraph.KeyOf(candidate.Author.Span);
        if (_prepared.TryGet(author, out PublicKey? key))
        {
            return key;
        }

        if (graph.FindAuthor(author) is not null && PublicKey.TryRead(candidate.Author.Span, out key))
        {
            _prepared.Set(author, key!);
        }

        return key;
    }

    private static (Cid Previous, EventDigest Author) KeyOf(Event authentic) =>
        (authentic.Previous, EventGraph.KeyOf(authentic.Author.Span));
}
