using P2P.Core.Identity;

namespace P2P.Dht.Records;

/// <summary>A value kept here.</summary>
/// <param name="Key">The whole key.</param>
/// <param name="Value">The value.</param>
/// <param name="From">Who brought it; its quota is charged. Our own id for our own values, which are not charged.</param>
/// <param name="StoredAt">Monotonic time.</param>
internal sealed record StoredRecord(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value, PeerId From, TimeSpan StoredAt);
