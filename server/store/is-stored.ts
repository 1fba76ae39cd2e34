/** Whether something could be stored. Never rejects: the operator is told why not, and the caller gets its answer. */
export async function isStored(storing: Promise<unknown>, onFailure: (error: unknown) => void): Promise<boolean> {
  try {
    await storing;
    return true;
  } catch (error) {
    onFailure(error);
    return false;
  }
}
