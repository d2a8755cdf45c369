namespace P2P.Node.Logs;

/// <summary>The formats that need no telling.</summary>
internal static class EntryFormats
{
    /// <summary>The format of a type; null when it has none.</summary>
    public static ILogFormat<T>? Find<T>() =>
        (object)TextLogFormat.Instance as ILogFormat<T> ?? (object)BytesLogFormat.Instance as ILogFormat<T>;
}
