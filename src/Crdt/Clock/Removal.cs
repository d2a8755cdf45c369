namespace P2P.Crdt.Clock;

/// <summary>A genesis key's grant that removes a writer, with the tail it hides.</summary>
internal sealed class Removal(EventNode grant, AuthorEntry author, ulong lastSequence)
{
    /// <summary>The grant event.</summary>
    public EventNode Grant { get; } = grant;

    /// <summary>Who is removed.</summary>
    public AuthorEntry Author { get; } = author;

    /// <summary>Last sequence number the remover accepts.</summary>
    public ulong LastSequence { get; } = lastSequence;

    /// <summary>Whether it has effect: it stands below a genesis key's event outside that key's fork tail.</summary>
    public bool IsActing { get; set; }

    /// <summary>Events it makes need a citation; kept while it acts.</summary>
    public HashSet<EventNode> Tail { get; } = [];

    /// <summary>Whether <paramref name="node"/>, an event of the removed author, is in the removal tail.</summary>
    /// <remarks>Spec: replica, section 8: above the named number, concurrent, and not written under an add the remover had not seen.</remarks>
    public bool Covers(EventNode node)
    {
        if (node.Sequence <= LastSequence || node.Includes(Grant) || Grant.Includes(node))
        {
            return false;
        }

        foreach (EventNode add in Author.Adds)
        {
            if (node.Includes(add) && !Grant.Includes(add))
            {
                return false;
            }
        }

        return true;
    }
}
