using P2P.PubSub.Messages;

namespace P2P.PubSub.Routing;

/// <summary>
/// What was seen: an id in a topic. Go and js forget the topic, so that equal data published in two topics under a content id is lost in
/// the second; nothing on the wire asks for that.
/// </summary>
internal readonly record struct SeenKey(TopicKey Topic, MessageId Id);

/// <summary>Equality under the keyed hash of ids.</summary>
internal sealed class SeenKeyComparer(MessageIdComparer ids) : IEqualityComparer<SeenKey>
{
    public bool Equals(SeenKey x, SeenKey y) => x.Topic == y.Topic && x.Id.Equals(y.Id);

    public int GetHashCode(SeenKey obj) => ids.GetHashCode(obj.Id) ^ obj.Topic.GetHashCode();
}
