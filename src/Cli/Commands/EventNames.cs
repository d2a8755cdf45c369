using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Cli.Commands;

/// <summary>Events as people name them: a whole CID, or the end of one.</summary>
internal static class EventNames
{
    private const int ShortestMatch = 4;

    /// <summary>The event meant, or null after saying why not.</summary>
    public static Cid? Find(Session session, IReadOnlyList<Event> events, string name)
    {
        Cid[] matches = name.Length < ShortestMatch
            ? []
            : [.. events.Select(static e => e.Cid).Where(c => c.ToString().EndsWith(name, StringComparison.Ordinal))];
        if (matches.Length == 1)
        {
            return matches[0];
        }

        session.Output.Error(
            "not-found",
            matches.Length == 0 ? $"No event here ends in '{name}'." : $"{matches.Length} events here end in '{name}'.",
            "p2p clock show NAME lists the events; give the CID or at least its last four characters.");
        return null;
    }
}
