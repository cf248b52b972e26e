import { StablePoseError } from '@stable-pose/core';
import { EigenvalueDecomposition, type Matrix } from 'ml-matrix';
import type { Features } from '../features/feature-network.ts';
import { featureMatrix } from './feature-matrix.ts';

/**
 * Fréchet distance of two Gaussians fitted to features; with Inception's pool features it is FID, lower is better:
 *
 *   |mu1 - mu2|^2 + tr(S1) + tr(S2) - 2 tr((S1 S2)^(1/2))      covariances with n - 1
 *
 * Source: Heusel et al. 2017, equation 6. The last trace is the sum of the square roots of the eigenvalues of S1 S2, which
 * are those of a symmetric matrix: of the features' own Gram matrix when either set has no more pictures than features
 * (exact, and cheap), else of S1^(1/2) S2 S1^(1/2). So no complex matrix root is taken, and no small number is added.
 *
 * Features of width 2048 over more than 2048 pictures take minutes.
 * @throws invalid-input when a set has fewer than two pictures, or widths differ
 */
export function frechetDistance(first: readonly Features[], second: readonly Features[]): number {
  const [a, b] = [featureMatrix(first, 'first'), featureMatrix(second, 'second')];
  if (a.columns !== b.columns) {
    throw new StablePoseError(
      'invalid-input',
      `Both sets must come from one network, got features of ${a.columns} and of ${b.columns}.`,
    );
  }
  const [meanA, meanB] = [a.mean('column'), b.mean('column')];
  const between = meanA.reduce((sum, value, j) => sum + (value - meanB[j]!) ** 2, 0);
  a.subRowVector(meanA);
  b.subRowVector(meanB);
  const trace = (centred: Matrix) => centred.dot(centred) / (centred.rows - 1);
  return between + trace(a) + trace(b) - 2 * traceOfRoot(a, b);
}

/** tr((S1 S2)^(1/2)) from centred features. */
function traceOfRoot(a: Matrix, b: Matrix): number {
  const [small, large] = a.rows <= b.rows ? [a, b] : [b, a];
  if (small.rows <= small.columns) {
    // S1 S2 = A'A B'B / ((n1 - 1)(n2 - 1)) has the eigenvalues of (A B')'(A B') besides zeros.
    const cross = large.mmul(small.transpose());
    const gram = cross
      .transpose()
      .mmul(cross)
      .div((a.rows - 1) * (b.rows - 1));
    return rootSum(gram);
  }
  const covariance = (centred: Matrix) =>
    centred
      .transpose()
      .mmul(centred)
      .div(centred.rows - 1);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance(a), {
    assumeSymmetric: true,
  });
  const root = eigenvectorMatrix.mulRowVector(realEigenvalues.map((value) => Math.sqrt(Math.max(0, value))));
  return rootSum(root.transpose().mmul(covariance(b)).mmul(root));
}

/** The sum of the square roots of the eigenvalues of a symmetric matrix without negative ones, but for rounding. */
function rootSum(matrix: Matrix): number {
  const { realEigenvalues } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  return realEigenvalues.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
}
