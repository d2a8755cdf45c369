namespace P2P.Dashboard;

/// <summary>One line of <see cref="DashboardOptions.Checks"/>.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Verdict"><c>ok</c>, <c>problem</c> or <c>skipped</c>.</param>
/// <param name="Message">What was found.</param>
/// <param name="Next">What to do; null where nothing is to be done.</param>
public sealed record DashboardCheck(string Name, string Verdict, string Message, string? Next);
