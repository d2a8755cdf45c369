namespace P2P.Cli.Traces;

/// <summary>One edit of a trace.</summary>
/// <param name="Position">Code points in the file, UTF-16 units once a <see cref="TraceReplay"/> has prepared them.</param>
/// <param name="Deleted">Removed there, in the same unit.</param>
/// <param name="Inserted">Then inserted there.</param>
internal readonly record struct TracePatch(int Position, int Deleted, string Inserted);
