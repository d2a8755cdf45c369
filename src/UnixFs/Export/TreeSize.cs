namespace P2P.UnixFs.Export;

/// <summary>What a file or a directory with everything in it takes.</summary>
/// <param name="Bytes">Bytes of its files, each as often as it is named: what they take on a disk.</param>
/// <param name="MissingBytes">Bytes of the blocks that are not held yet, each once: what they take in the store.</param>
public readonly record struct TreeSize(long Bytes, long MissingBytes);
