namespace P2P.Crdt.Events;

/// <summary>Port: signs own events under one Ed25519 author key.</summary>
public interface ISigner
{
    /// <summary>Protobuf form of the public key.</summary>
    ReadOnlyMemory<byte> Author { get; }

    /// <summary>A 64-byte signature.</summary>
    /// <param name="message">The signing bytes of an event.</param>
    byte[] Sign(ReadOnlySpan<byte> message);
}
