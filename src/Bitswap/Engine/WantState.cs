using P2P.Core.Identity;

namespace P2P.Bitswap.Engine;

/// <summary>One CID that is wanted here.</summary>
internal sealed class WantState
{
    /// <summary>Requests that wait for it.</summary>
    public HashSet<long> Requests { get; } = [];

    /// <summary>Peers that may have it, best first; each once.</summary>
    public List<PeerId> Candidates { get; } = [];

    /// <summary>Next of <see cref="Candidates"/> to ask.</summary>
    public int NextCandidate { get; set; }

    /// <summary>Peers asked, with the time of the last question.</summary>
    public Dictionary<PeerId, (AskPhase Phase, TimeSpan At)> Asked { get; } = [];

    public bool AnyoneAskedForBlock => Asked.Values.Any(static a => a.Phase == AskPhase.AskedBlock);

    public int Active => Asked.Values.Count(static a => a.Phase is AskPhase.AskedHave or AskPhase.AskedBlock or AskPhase.Has);
}
