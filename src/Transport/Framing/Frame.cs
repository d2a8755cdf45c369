namespace P2P.Transport.Framing;

/// <summary>A frame read from a stream, or why there is none.</summary>
/// <param name="Status">Whether there is one.</param>
/// <param name="Bytes">Without the length; valid until the next read. Empty unless <see cref="FrameStatus.Done"/>.</param>
public readonly record struct Frame(FrameStatus Status, ReadOnlyMemory<byte> Bytes);
