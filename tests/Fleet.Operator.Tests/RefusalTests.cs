using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Operator.Execution;

namespace Fleet.Operator.Tests;

/// <summary>Which failures are told to people.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData(403, "Forbidden", "exceeded quota", null, true)]
    [InlineData(422, "Invalid", "must be a DNS label", null, true)]
    [InlineData(403, "Forbidden", "because it is being terminated", "NamespaceTerminating", false)]
    [InlineData(409, "Conflict", "the object has been modified", null, false)]
    [InlineData(404, "NotFound", "not found", null, false)]
    [InlineData(500, "InternalError", "etcd", null, false)]
    public void A_refusal_that_stays_is_told_with_the_words_of_the_server(int code, string reason, string message, string? cause, bool told)
    {
        var status = new Status
        {
            Code = code,
            Reason = reason,
            Message = message,
            Details = new StatusDetails { Causes = cause is null ? null : [new StatusCause { Reason = cause }] },
        };
        Assert.Equal(told ? "The API server refuses a change: " + message : null, Refusals.Sentence(new KubernetesException(status)));
    }

    [Fact]
    public void What_the_operator_itself_refuses_is_told_as_it_is() =>
        Assert.Equal("Service a/b is in the way.", Refusals.Sentence(new OperatorException("Service a/b is in the way.")));

    [Fact]
    public void Nothing_is_told_of_success_and_of_bugs()
    {
        Assert.Null(Refusals.Sentence(null));
        Assert.Null(Refusals.Sentence(new InvalidOperationException("a bug")));
    }
}
