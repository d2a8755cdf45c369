using System.Globalization;
using P2P.Core.Multiformats;

namespace P2P.Node.Documents;

/// <summary>What leaving or deleting a document did here.</summary>
/// <param name="Id">The document.</param>
/// <param name="WasOpen">Whether it was open, and so synced, until now.</param>
/// <param name="EventsErased">Events erased here; 0 after leaving.</param>
/// <param name="BytesErased">Their bytes.</param>
/// <param name="Followers">Connected peers that followed it at that moment. They, and others, keep theirs.</param>
public sealed record DocumentLeft(Cid Id, bool WasOpen, long EventsErased, long BytesErased, int Followers)
{
    /// <summary>One sentence for people.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(EventsErased > 0 ? $"{EventsErased} {(EventsErased == 1 ? "event" : "events")} ({BytesErased} bytes) {(EventsErased == 1 ? "was" : "were")} erased here." : "It is not synced any more; what is held here stays.")} Other peers keep their copies ({Followers} {(Followers == 1 ? "follows" : "follow")} it now).{(EventsErased > 0 ? " Writing in it again needs what was written here, from one of them; without, it gets an author key of its own." : string.Empty)}");
}
