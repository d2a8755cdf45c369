using P2P.Core.Identity;

namespace P2P.PubSub;

/// <summary>A message of a topic. Immutable.</summary>
/// <param name="Topic">Where it was published.</param>
/// <param name="Id">Its id under the topic's function.</param>
/// <param name="Source">The neighbour that sent it to us first, verified by the transport.</param>
/// <param name="From">The author, verified by signature, in a StrictSign topic; none in a StrictNoSign topic.</param>
/// <param name="SequenceNumber">The author's number in a StrictSign topic, else 0.</param>
/// <param name="Data">The payload; do not write to the array behind it.</param>
public sealed record GossipMessage(
    TopicId Topic, MessageId Id, PeerId Source, PeerId From, ulong SequenceNumber, ReadOnlyMemory<byte> Data);
