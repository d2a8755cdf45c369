using System.Globalization;

namespace P2P.Cli;

/// <summary>What was asked for cannot be done as it was asked: exit code 2.</summary>
/// <param name="error">Why.</param>
/// <param name="message">One sentence for people: numbers and names, never contents of a file.</param>
/// <param name="innerException">The cause, if any.</param>
internal sealed class CliException(CliError error, string message, Exception? innerException = null) : Exception(message, innerException)
{
    public CliError Error { get; } = error;

    /// <summary>The stable code, such as <c>P2P8001</c>.</summary>
    public string Code => string.Create(CultureInfo.InvariantCulture, $"P2P{(int)Error:D4}");
}
