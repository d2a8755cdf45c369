using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Federation;

/// <summary>The type rules every replica of every document has. One that lacked some would admit what others refuse.</summary>
public static class DocumentRules
{
    /// <summary>Fresh rules for one replica: text edits and federation records.</summary>
    public static IReadOnlyList<IEventTypeRules> Create() => [new SeqRules(), .. FederationRules.Create()];
}
