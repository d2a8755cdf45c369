using P2P.Core.Multiformats;

namespace P2P.Crdt.Events;

/// <summary>Port: the past of the event being judged. All its links are admitted when this is asked.</summary>
public interface IPastView
{
    /// <summary>Looks up a required link (<c>prev</c>, a dependency or a reference) of the event being judged.</summary>
    /// <param name="cid">The link.</param>
    /// <param name="linked">What it is.</param>
    /// <returns>False when the event does not link it directly.</returns>
    bool TryGetLink(Cid cid, out LinkedEvent linked);

    /// <summary>Whether <paramref name="cid"/> is an ancestor of the event being judged, and if so what it is.</summary>
    /// <param name="cid">Any CID.</param>
    /// <param name="ancestor">What it is.</param>
    bool TryGetAncestor(Cid cid, out LinkedEvent ancestor);

    /// <summary>Whether none of these ancestors is an ancestor of another.</summary>
    /// <param name="ancestors">Ancestors of the event being judged, distinct.</param>
    bool AreAntichain(IReadOnlyList<Cid> ancestors);
}
