namespace P2P.Cli.Doctor;

/// <summary>A data folder that had a store and has none now: its marker is there, the database is gone or empty.</summary>
internal static class LostStore
{
    private const string Marker = "generation"; // written beside the database at its every start
    private const string Database = "store.db";

    /// <summary>What happened; null when nothing did.</summary>
    public static string? In(string directory)
    {
        FileInfo database = new(Path.Combine(directory, Database));
        return !File.Exists(Path.Combine(directory, Marker)) || database is { Exists: true, Length: > 0 } ? null
            : $"{database.FullName} is {(database.Exists ? "empty" : "gone")}, and this folder had a store: its documents and its author key are lost here";
    }

    /// <summary>What to do about it.</summary>
    public const string Next = "Take a backup of the folder or of `p2p store backup` back before the next start: a node would begin anew, under a new author key.";
}
